import { createRegistry, type Registry } from "../runtime/authoring.ts";
import { catalog } from "./catalog/catalog.ts";
import { counter } from "./counter/counter.ts";
import { creditApplicationJob } from "./credit_application/credit_application_job.ts";
import { customer } from "./customer/customer.ts";
import { customerAction } from "./customer_action/customer_action.ts";
import { customerProjection } from "./customer_projection/projection.ts";
import { emailJob } from "./email/email_job.ts";
import { employeeUpload } from "./employee_upload/employee_upload.ts";
import { financialSync } from "./financial_sync/financial_sync.ts";
import { ledgerPage } from "./financial_sync/ledger_page.ts";
import { importJob } from "./import/import_job.ts";
import { malformedScan } from "./parcel_stream/malformed_scan.ts";
import { order } from "./order/order.ts";
import { orderSweep } from "./order/order_sweep.ts";
import { parcelConsumer } from "./parcel_stream/parcel_consumer.ts";
import { parcelStream } from "./parcel_stream/parcel_stream.ts";
import { reportJob } from "./report/report_job.ts";
import { webhookJob } from "./webhook/webhook_job.ts";

/** Every kind of this installation: a new one is a folder and a line here. */
export const registry: Registry = createRegistry([
  catalog,
  counter,
  creditApplicationJob,
  customer,
  customerAction,
  customerProjection,
  emailJob,
  employeeUpload,
  financialSync,
  importJob,
  ledgerPage,
  malformedScan,
  order,
  orderSweep,
  parcelConsumer,
  parcelStream,
  reportJob,
  webhookJob,
]);
