// Latents from a seed, and ways between them. No page is needed: Node.js runs it too.

// mulberry32 and Box-Muller: JavaScript's own generator takes no seed.
export function normals(count, seed) {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

// On the arc from one latent to another, which keeps to the lengths of normal latents.
export function between(start, end, share) {
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const lengths = Math.sqrt(dot(start, start) * dot(end, end));
  const cosine = lengths ? dot(start, end) / lengths : 1;
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  let [first, second] = [1 - share, share];
  if (Math.sin(angle) > 1e-6) {
    first = Math.sin((1 - share) * angle) / Math.sin(angle);
    second = Math.sin(share * angle) / Math.sin(angle);
  }
  return start.map((x, i) => first * x + second * end[i]);
}

// `latent` moved by so much along each direction, then drawn towards the mean.
export function moved(latent, directions, amounts, truncation) {
  return latent.map((x, i) => {
    const shift = amounts.reduce((sum, a, k) => sum + a * directions[k][i], 0);
    return truncation * (x + shift);
  });
}
