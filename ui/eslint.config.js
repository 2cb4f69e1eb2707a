import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/tauri/bindings'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    // One folder alone talks to Tauri.
    files: ['src/**', 'mock/**'],
    ignores: ['src/tauri/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@tauri-apps/*', '**/tauri/index*'] }] },
  },
)
