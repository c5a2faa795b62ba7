# One image for every process of a subnet; the command chooses which.
FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
COPY chain/package.json chain/
COPY subnets/package.json subnets/
COPY miner/package.json miner/
COPY validator/package.json validator/
COPY cli/package.json cli/
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && mkdir -p .subnetkit && chown -R node:node .subnetkit
USER node
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/cli.js", "--help"]
