# The service on a PostgreSQL of your own: DATABASE_URL is required, and the embedded PostgreSQL is not in the image.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.client.json ./
COPY migrations ./migrations
COPY src ./src
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are the programs of the embedded PostgreSQL.
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
# The user "node" of the base image, by number, so that a platform can see that it is not root.
USER 1000:1000
EXPOSE 50051 8080 9464
# On the port that never asks for TLS or a certificate.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 9464}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node.js is process 1 and gets SIGTERM itself; give it more than the 20 seconds that a graceful stop may take.
STOPSIGNAL SIGTERM
# Why these options: docs/operations.md. The bound of the heap is a variable, so that a replay of millions of wallets, which
# needs more, can set it.
ENV NODE_OPTIONS="--max-old-space-size=1024"
ENTRYPOINT ["node", "--enable-source-maps", "--no-allocation-site-pretenuring", "dist/src/main.js"]
CMD ["serve"]
