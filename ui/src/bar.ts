import { mount } from 'svelte'
import Bar from './recording/Bar.svelte'
import '@fontsource-variable/inter'
import './look.css'

const target = document.getElementById('window')
if (target) mount(Bar, { target })
