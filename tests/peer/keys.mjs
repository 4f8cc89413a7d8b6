// HPKE of this project, by @hpke/core: reads one JSON object from its argument (values in hexadecimal) and writes one.
// in: sealing (secret), info, wrapped; out: sealing_public, opened, wrapped (of what was opened, byte order turned)
import { CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const given = Object.fromEntries(
  Object.entries(JSON.parse(process.argv[1])).map(([k, v]) => [k, new Uint8Array(Buffer.from(v, "hex"))]),
);
const suite = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});
const { privateKey, publicKey } = await suite.kem.generateKeyPairDerand(given.sealing);
const info = given.info;
const opened = new Uint8Array(
  await suite.open(
    { recipientKey: privateKey, enc: given.wrapped.slice(0, 1120), info },
    given.wrapped.slice(1120),
  ),
);
const again = await suite.seal({ recipientPublicKey: publicKey, info }, opened.toReversed());
process.stdout.write(
  JSON.stringify({
    sealing_public: hex(await suite.kem.serializePublicKey(publicKey)),
    opened: hex(opened),
    wrapped: hex(again.enc) + hex(again.ct),
  }),
);
