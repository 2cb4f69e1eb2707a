import { mount } from 'svelte'
import App from './App.svelte'
import '@fontsource-variable/inter'
import './look.css'

const target = document.getElementById('window')
if (target) mount(App, { target })
