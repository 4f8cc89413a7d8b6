//! dev
use billetbook::linkage::*; use billetbook::record::*; use billetbook::token::*; use billetbook_synth as s;
use std::collections::*;
fn main(){ let a:Vec<String>=std::env::args().collect(); let n:u32=a[2].parse().unwrap(); let seed:u64=a[3].parse().unwrap();
 let noid=s::ErrorModel{nhs_present:0.,upn_present:0.,upn_unknown_code:0.,..Default::default()};
 let made=match a[1].as_str(){"kids"=>s::generate(&s::Options{children:n,seed,..Default::default()}),"noid"=>s::generate(&s::Options{children:n,seed,errors:noid,..Default::default()}),"noplace"=>s::generate(&s::Options{children:n,seed,errors:s::ErrorModel{postcode_missing:1.,moved:0.,..noid},..Default::default()}),"twins"=>s::twin_trap(n,seed),"sibs"=>s::sibling_trap(n,seed),"disjoint"=>s::disjoint(n,seed),"few"=>s::few_common(n,10,seed),"cohort"=>s::cohort(n,seed),"adults4"=>s::adults(n,1,true,seed),"adults3"=>s::adults(n,4,false,seed),_=>panic!()};
 let dir=format!("/tmp/dev-{}",std::process::id()); std::fs::create_dir_all(&dir).unwrap(); let paths=s::write(&made,std::path::Path::new(&dir)).unwrap();
 let t=std::time::Instant::now();
 let files:Vec<RecordFile>=paths.iter().map(|p|read_path(p,&ReadOptions::default()).unwrap()).collect(); let tr=t.elapsed();
 std::fs::remove_dir_all(&dir).unwrap();
 let refs:Vec<&[Record]>=files.iter().map(|f|f.records()).collect();
 let set=if a[1].starts_with("adults"){KeySet::people()}else{KeySet::uk_children()}.unwrap();
 let t=std::time::Instant::now();
 let out=link_tokens(&refs,&set,&LinkOptions{all_pairs:std::env::var("ALL").is_ok(),..Default::default()}).unwrap();
 println!("read {tr:?} link {:?} tokens/record {} rows {:?} candidates {} share {:.4} rounds {}",t.elapsed(),set.tokens_per_record(),refs.iter().map(|r|r.len()).collect::<Vec<_>>(),out.fit.candidates,out.fit.match_share,out.fit.rounds);
 let cl=|r:&RowRef|made.agencies[r.file as usize][r.row as usize].cluster; let row=|r:&RowRef|&made.agencies[r.file as usize][r.row as usize].values;
 let mut count:Vec<HashMap<u32,u64>>=made.agencies.iter().map(|f|{let mut m=HashMap::new(); for r in f{*m.entry(r.cluster).or_default()+=1;} m}).collect(); if count.len()==1{count.push(HashMap::new())}
 let total:u64=if made.agencies.len()==1{count[0].values().map(|n|n*(n-1)/2).sum()}else{count[0].iter().map(|(c,n)|n*count[1].get(c).copied().unwrap_or(0)).sum()};
 for (name,f) in [("match",Decision::Match),("possible+",Decision::Possible)]{ let l:Vec<_>=out.links.iter().filter(|l|l.decision>=f).collect(); let tp=l.iter().filter(|l|cl(&l.left)==cl(&l.right)).count() as f64; let p=tp/l.len() as f64; let r=tp/total as f64; println!("{name}: P {p:.5} R {r:.4} F1 {:.4} (n {} false {})",2.*p*r/(p+r),l.len(),l.len() as f64-tp); }
 let mut held:BTreeMap<String,(u32,u32)>=BTreeMap::new(); for l in &out.links{ let e=held.entry(format!("{:?} {:?}",l.decision,l.held)).or_default(); if cl(&l.left)==cl(&l.right){e.0+=1}else{e.1+=1} } println!("{held:?}");
 if std::env::var("CELLS").is_ok(){ let mut c:BTreeMap<String,(u32,u32,f32)>=BTreeMap::new(); for l in &out.links{ let e=&l.evidence; let x=c.entry(format!("{:?} f{:?} b{:?} p{:?} a{:?} i{:?} s{:?}",e.given,e.family,e.birth,e.place,e.address,e.identifier,e.sex)).or_default(); x.2=l.probability; if cl(&l.left)==cl(&l.right){x.0+=1}else{x.1+=1} } let mut v:Vec<_>=c.into_iter().collect(); v.sort_by_key(|x|std::cmp::Reverse(x.1.0+x.1.1)); for x in v.iter().take(60){println!("{:?}",x)} }
 if std::env::var("ALL").is_ok(){ let mut b=[(0u32,0u32,0f64);10]; for l in &out.links{ let i=((l.probability*10.) as usize).min(9); b[i].0+=1; b[i].2+=l.probability as f64; if cl(&l.left)==cl(&l.right){b[i].1+=1} } for (i,x) in b.iter().enumerate(){ println!("{i} n {} true {:.3} mean {:.3}",x.0,x.1 as f64/x.0 as f64,x.2/x.0 as f64);} }
 if std::env::var("BAD").is_ok(){ for l in out.links.iter().filter(|l|l.decision==Decision::Match&&cl(&l.left)!=cl(&l.right)).take(20){ println!("{:?} {:?}\n  {:?}\n  {:?}",l.probability,l.evidence,&row(&l.left)[1..10],&row(&l.right)[1..10]); } }
 if std::env::var("MISS").is_ok(){ let found:HashSet<(RowRef,RowRef)>=out.links.iter().filter(|l|l.decision==Decision::Match).map(|l|(l.left,l.right)).collect(); let mut by:HashMap<u32,Vec<u32>>=HashMap::new(); for (i,r) in made.agencies[1].iter().enumerate(){by.entry(r.cluster).or_default().push(i as u32)} let mut shown=0;  for (i,r) in made.agencies[0].iter().enumerate(){ for j in by.get(&r.cluster).into_iter().flatten(){ let p=(RowRef{file:0,row:i as u32},RowRef{file:1,row:*j}); if !found.contains(&p)&&shown<40{ shown+=1; let l=out.links.iter().find(|l|l.left==p.0&&l.right==p.1); if std::env::var("HELD").is_ok() && format!("{:?}",l.and_then(|l|l.held))!=std::env::var("HELD").unwrap(){continue} println!("{:?}\n  {:?}\n  {:?}",l.map(|l|(l.probability,l.held,l.evidence.given,l.evidence.co_birth)),&row(&p.0)[1..10],&row(&p.1)[1..10]); } } } }
}
