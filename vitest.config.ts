import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most tests wait for processes that they have started; and of the others, more would wait for each other.
    maxWorkers: 2,
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
          globalSetup: "test/sandbox/prepare.ts",
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
