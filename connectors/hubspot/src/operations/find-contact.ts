import { parseAnswer } from '@onceover/connector-kit';
import { canonicalEmail, crm, implement } from '@onceover/contract';
import {
  contactAnswerSchema,
  contactFromAnswer,
  contactProperties,
  contactsPath,
} from '../hubspot-contacts.ts';

/**
 * One contact, by id or by e-mail address. The id of a contact that was merged away answers the one that was kept,
 * under its own id.
 */
export const findContact = implement(crm.contacts.find, {
  scopes: ['crm.objects.contacts.read'],
  reads: ['GET /crm/objects/2026-03/contacts/{contactId}'],
  source: 'https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/basic/get-contact',

  async run({ input: { email, vendorId }, http }) {
    const key = email === undefined ? vendorId : canonicalEmail(email);
    // https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/basic/get-contact
    const { status, json } = await http.request({
      method: 'GET',
      // The input has one of both.
      path: `${contactsPath}/${encodeURIComponent(key as string)}`,
      query: {
        properties: contactProperties,
        ...(email === undefined ? {} : { idProperty: 'email' }),
      },
      accept: [404],
    });
    if (status === 404) return { contact: null };
    return { contact: contactFromAnswer(parseAnswer(contactAnswerSchema, json, 'a contact')) };
  },
});
