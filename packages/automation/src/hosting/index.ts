export type {
  AutomationDescription,
  AutomationReply,
  AutomationRequest,
  EventView,
  FlowDescription,
  RenderedIteration,
  RenderedStep,
  StepDescription,
} from './protocol.ts';
export { serveAutomation } from './serve-automation.ts';
