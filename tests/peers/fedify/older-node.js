// What Fedify needs of Node 22 and Node 20 lacks.

ArrayBuffer.prototype.transfer ??= function (length = this.byteLength) {
  const whole = structuredClone(this, { transfer: [this] });
  if (length === whole.byteLength) return whole;
  const other = new ArrayBuffer(length);
  new Uint8Array(other).set(new Uint8Array(whole, 0, Math.min(length, whole.byteLength)));
  return other;
};

globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node}` };
