import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/sandbox/**", "test/nix/**"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "sandbox",
          include: ["test/{sandbox,nix}/**/*.test.ts"],
          // Private Nix stores must not build at the same time: they would share the build users.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
