/** The subnet of the evidence tests as a module of its own: the same task without its framework. */
export const subnetModule = `
const schema = (check) => ({ safeParse: (data) => (check(data) ? { success: true, data } : { success: false, error: { issues: [] } }) });
export default {
  name: "sums", version: 3, description: "Adds numbers", roundBlocks: 10,
  weights: { ema: 0.5, shape: { kind: "linear" } }, local: { miners: [] },
  tasks: { sum: {
    id: "sum", share: 1, limits: { timeoutMs: 400, maxResponseBytes: 2000 },
    request: schema((v) => typeof v?.a === "number"), response: schema((v) => typeof v?.sum === "number"),
    challenge: ({ random }) => {
      const a = Math.floor(random() * 1000);
      const b = Math.floor(random() * 1000);
      return { request: { a, b }, key: a + b };
    },
    scorer: { kind: "each", score: ({ key }, { body }) => (body.sum === key ? 1 : 0) },
  } },
};
`;
