/** These pages are links and words: they need no script. */
export const csr = false;
