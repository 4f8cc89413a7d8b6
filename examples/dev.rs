//! dev
use billetbook::linkage::*; use billetbook::record::*; use billetbook::token::*;
use std::collections::*;
fn read(p:&str)->Vec<Record>{ let mut r=csv::Reader::from_path(p).unwrap(); let h:Vec<String>=r.headers().unwrap().iter().map(|s|s.to_string()).collect();
 r.records().map(|row|{let row=row.unwrap(); let mut x=Record::default(); for (n,v) in h.iter().zip(row.iter()){ match n.as_str(){
 "id"=>x.id=v.into(),"given_name"=>x.given_name=Name::parse_given(v),"family_name"=>x.family_name=Name::parse_family(v),"known_as"=>x.known_as=Name::parse_given(v),
 "date_of_birth"=>x.birth_date=BirthDate::parse(v),"postal_code" if std::env::var("NOPLACE").is_err()=>x.postal_code=Place::parse(v),"locality" if std::env::var("NAMES").is_err()=>x.locality=Place::parse(v),"address_line" if std::env::var("NAMES").is_err()=>x.address_line=Place::parse(v),
 "postcode"=>x.postcode=Postcode::parse(v), _=>{} }} x}).collect()}
fn main(){ let a:Vec<String>=std::env::args().collect(); let set=if a[1]=="people"{KeySet::people()}else{KeySet::uk_children()}.unwrap();
 let files:Vec<Vec<Record>>=a[2..].iter().map(|p|read(p)).collect(); let refs:Vec<&[Record]>=files.iter().map(|f|&f[..]).collect();
 let k=[7u8;32]; let t=std::time::Instant::now();
 let out=link_tokens(&refs,&set,TokenSecrets{token:&k,closed:&|_|zeroize::Zeroizing::new([9;32]),local_pad:&k},&LinkOptions{all_pairs:std::env::var("ALL").is_ok(),..Default::default()});
 println!("tokens/record {} time {:?} candidates {} share {} rounds {}",set.tokens_per_record(),t.elapsed(),out.fit.candidates,out.fit.match_share,out.fit.rounds);
 let key=|r:&RowRef|{ let id=&files[r.file as usize][r.row as usize].id; id.split('-').nth(1).unwrap_or(id).to_string()};
 let mut total=0u64; if files.len()==1 { let mut m:HashMap<String,u64>=HashMap::new(); for r in &files[0]{*m.entry(r.id.split('-').nth(1).unwrap().into()).or_default()+=1;} total=m.values().map(|n|n*(n-1)/2).sum(); } else { let s:HashSet<String>=files[0].iter().map(|r|r.id.split('-').nth(1).unwrap().to_string()).collect(); total=files[1].iter().filter(|r|s.contains(r.id.split('-').nth(1).unwrap())).count() as u64;}
 for (name,f) in [("match",Decision::Match),("possible+",Decision::Possible)]{ let l:Vec<_>=out.links.iter().filter(|l|l.decision>=f).collect(); let tp=l.iter().filter(|l|key(&l.left)==key(&l.right)).count() as f64; let p=tp/l.len() as f64; let r=tp/total as f64; println!("{name}: P {p:.4} R {r:.4} F1 {:.4} ({})",2.*p*r/(p+r),l.len()); }
 let mut held:BTreeMap<String,(u32,u32)>=BTreeMap::new(); for l in &out.links{ let e=held.entry(format!("{:?} {:?}",l.decision,l.held)).or_default(); if key(&l.left)==key(&l.right){e.0+=1}else{e.1+=1} } println!("{held:?}");
 if std::env::var("CELLS").is_ok(){ let mut c:BTreeMap<String,(u32,u32,f32)>=BTreeMap::new(); for l in &out.links{ let e=&l.evidence; let x=c.entry(format!("{:?} f{:?} b{:?} p{:?} a{:?} i{:?} s{:?}",e.given,e.family,e.birth,e.place,e.address,e.identifier,e.sex)).or_default(); x.2=l.probability; if key(&l.left)==key(&l.right){x.0+=1}else{x.1+=1} } let mut v:Vec<_>=c.into_iter().collect(); v.sort_by_key(|x|std::cmp::Reverse(x.1.0+x.1.1)); for x in v.iter().take(60){println!("{:?}",x)} } if std::env::var("ALL").is_ok(){ let mut b=[(0u32,0u32,0f64);10]; for l in &out.links{ let i=((l.probability*10.) as usize).min(9); b[i].0+=1; b[i].2+=l.probability as f64; if key(&l.left)==key(&l.right){b[i].1+=1} } for (i,x) in b.iter().enumerate(){ println!("{i} n {} true {:.3} mean {:.3}",x.0,x.1 as f64/x.0 as f64,x.2/x.0 as f64);} }
}
