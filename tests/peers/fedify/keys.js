// The two keys of an actor: RSA for HTTP signatures, Ed25519 for object integrity proofs.

const { subtle } = globalThis.crypto;

export async function newKeys() {
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  return [await subtle.generateKey(rsa, true, ["sign", "verify"]), await subtle.generateKey("Ed25519", true, ["sign", "verify"])];
}
