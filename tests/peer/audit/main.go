// Checks what examples/audit_log.rs wrote with golang.org/x/mod/sumdb: notes, tiles, proofs.
// GO111MODULE=off GOPATH=/usr/share/gocode go run tests/peer/audit/main.go FOLDER
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(ok bool, what string, args ...interface{}) {
	if !ok {
		fmt.Fprintf(os.Stderr, what+"\n", args...)
		os.Exit(1)
	}
}

func read(parts ...string) []byte {
	data, err := os.ReadFile(filepath.Join(parts...))
	must(err == nil, "%v", err)
	return data
}

// A witness's key: cosignature/v1, type 4, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) *cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err == nil && len(key) == 33 && key[0] == 4, "not a witness's key")
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	c := &cosigner{parts[0], binary.BigEndian.Uint32(sum[:]), key[1:]}
	must(fmt.Sprintf("%08x", c.hash) == parts[1], "id of the witness's key")
	return c
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func open(text []byte, log, witness note.Verifier, sigs int) tlog.Tree {
	n, err := note.Open(text, note.VerifierList(log, witness))
	must(err == nil, "note: %v", err)
	must(len(n.Sigs) == sigs && len(n.UnverifiedSigs) == 0, "%d signatures, not %d", len(n.Sigs), sigs)
	lines := strings.Split(n.Text, "\n")
	must(len(lines) == 4 && lines[0] == log.Name(), "checkpoint lines")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err == nil, "size")
	root, err := tlog.ParseHash(lines[2])
	must(err == nil, "root")
	for i := range text {
		broken := append([]byte{}, text...)
		broken[i] ^= 1
		m, err := note.Open(broken, note.VerifierList(log, witness))
		must(err != nil || len(m.Sigs) < sigs || same(n, m), "a flipped bit at %d passes", i)
	}
	return tlog.Tree{N: size, Hash: root}
}

// One note in two spellings: Go takes base64 whose last character has bits too many, and drops them.
func same(a, b *note.Note) bool {
	if a.Text != b.Text {
		return false
	}
	for i, sig := range a.Sigs {
		x, _ := base64.StdEncoding.DecodeString(sig.Base64)
		y, _ := base64.StdEncoding.DecodeString(b.Sigs[i].Base64)
		if !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}

// Tiles from a folder, named as C2SP tlog-tiles names them.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range want {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func leafAt(folder string, size, index int64) []byte {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if (tile.N+1)*256 > size {
		tile.W = int(size % 256)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	bundle := read(folder, path)
	must(len(bundle) == tile.W*36, "length of %s", path)
	leaf := bundle[index%256*36:][:36]
	must(leaf[0] == 0 && leaf[1] == 34 && leaf[2] == 0 && leaf[3] == 1, "form of leaf %d", index)
	return leaf[2:]
}

func hashes(lines []string) []tlog.Hash {
	out := []tlog.Hash{}
	for _, line := range lines {
		h, err := tlog.ParseHash(line)
		must(err == nil, "hash %q", line)
		out = append(out, h)
	}
	return out
}

func main() {
	folder := os.Args[1]
	copy := filepath.Join(folder, "copy")
	policy := strings.Fields(string(read(folder, "policy")))
	log, err := note.NewVerifier(policy[1])
	must(err == nil, "log key: %v", err)
	witness := newCosigner(policy[4])
	tree := open(read(copy, "checkpoint"), log, witness, 2)
	earlier := open(read(folder, "earlier"), log, witness, 1)
	reader := tlog.TileHashReader(tree, tiles{copy})

	root, err := tlog.TreeHash(tree.N, reader)
	must(err == nil && root == tree.Hash, "root from tiles: %v", err)
	files, _ := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	must(len(files) == 6, "%d proofs", len(files))
	for _, file := range files {
		text := string(read(file))
		parts := strings.SplitN(text, "\n\n", 2)
		lines := strings.Split(parts[0], "\n")
		must(lines[0] == "c2sp.org/tlog-proof@v1", "first line of a proof")
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		must(err == nil, "index of a proof")
		must(open([]byte(parts[1]), log, witness, 2) == tree, "the proof's checkpoint")
		leaf := tlog.RecordHash(leafAt(copy, tree.N, index))
		proof := tlog.RecordProof(hashes(lines[2:]))
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf) == nil, "proof of %d", index)
		own, err := tlog.ProveRecord(tree.N, index, reader)
		must(err == nil && fmt.Sprint(own) == fmt.Sprint(proof), "own proof of %d: %v", index, err)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index^1, leaf) != nil, "a proof of %d for another", index)
		proof[0][0] ^= 1
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf) != nil, "altered proof of %d", index)
	}

	lines := strings.Split(strings.SplitN(string(read(folder, "add-checkpoint")), "\n\n", 2)[0], "\n")
	must(lines[0] == fmt.Sprintf("old %d", earlier.N), "old size")
	step := tlog.TreeProof(hashes(lines[1:]))
	must(tlog.CheckTree(step, tree.N, tree.Hash, earlier.N, earlier.Hash) == nil, "consistency")
	own, err := tlog.ProveTree(tree.N, earlier.N, reader)
	must(err == nil && fmt.Sprint(own) == fmt.Sprint(step), "own consistency proof: %v", err)
	step[0][0] ^= 1
	must(tlog.CheckTree(step, tree.N, tree.Hash, earlier.N, earlier.Hash) != nil, "altered consistency proof")

	// Every leaf against its hash in the tiles.
	for i := int64(0); i < tree.N; i += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: i / 256, W: 256}
		if i+256 > tree.N {
			tile.W = int(tree.N % 256)
		}
		data := read(copy, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		for j := 0; j < tile.W; j++ {
			leaf := tlog.RecordHash(leafAt(copy, tree.N, i+int64(j)))
			must(bytes.Equal(leaf[:], data[j*32:][:32]), "leaf %d", i+int64(j))
		}
	}
	fmt.Printf("Go x/mod: %d leaves, %d proofs, consistency from %d: all hold\n", tree.N, len(files), earlier.N)
}
