import type Stripe from 'stripe';

/** What the sandbox keeps of a customer. */
export interface StoredCustomer {
  id: string;
  /** Seconds since 1970. */
  created: number;
  deleted: boolean;
  email: string | null;
  name: string | null;
  phone: string | null;
  description: string | null;
  address: StoredAddress | null;
  metadata: Readonly<Record<string, string>>;
}

/** A type and not an interface: it is JSON. */
export type StoredAddress = {
  city: string | null;
  country: string | null;
  line1: string | null;
  line2: string | null;
  postal_code: string | null;
  state: string | null;
};

export function customerObject(stored: StoredCustomer) {
  const { id, created, email, name, phone, description, address, metadata } = stored;
  return {
    id,
    object: 'customer',
    address,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description,
    discount: null,
    email,
    // Eight characters of its own for each customer, as Stripe's are.
    invoice_prefix: id.slice(-8).toUpperCase().padStart(8, '0'),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: { ...metadata },
    name,
    next_invoice_sequence: 1,
    phone,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  } satisfies Stripe.Customer;
}

export function deletedCustomerObject(id: string) {
  return { id, object: 'customer', deleted: true } satisfies Stripe.DeletedCustomer;
}
