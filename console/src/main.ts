import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import { createApp } from 'vue'
import App from './app.vue'
import { whenSignedOut, whenStepUpNeeded } from './api/request'
import { router } from './router'
import { forgetSession } from './stores/session'
import { askForProof } from './stores/step-up'

whenStepUpNeeded(askForProof)
whenSignedOut(() => {
  forgetSession()
  const here = router.currentRoute.value
  if (!here.meta.open) void router.push({ path: '/sign-in', query: { return_to: here.fullPath } })
})

createApp(App).use(router).mount('#app')
