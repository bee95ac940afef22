import type { WriteFindings } from './checks/write-check.ts';
import type { VerifyRunner } from './verify-runner.ts';

/** What earlier checks leave to later ones. */
export interface Findings extends WriteFindings {
  /** The connection that consent was given for can be used. */
  isAuthorized?: boolean;
  /** The sandbox has our webhook subscription, made by a runner. */
  isSubscribed?: boolean;
  runner: VerifyRunner;
}
