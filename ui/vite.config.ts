import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// `npm run dev` shows the window in a browser, over the scenes of mock/; the program embeds what `npm run build` makes.
export default defineConfig(({ command, mode }) => ({
  plugins: [svelte()],
  resolve: {
    alias: { $tauri: at(command === 'serve' || mode === 'scenes' ? './mock/tauri.ts' : './src/tauri/index.ts') },
  },
  build: {
    // The window, and the small bar that is there while something is recorded.
    rolldownOptions: { input: [at('./index.html'), at('./bar.html')] },
    target: ['es2022', 'safari16'],
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: { include: ['src/**/*.test.ts'] },
}))
