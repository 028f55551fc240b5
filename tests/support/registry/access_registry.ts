import { catalog } from "../../../actors/catalog/catalog.ts";
import { creditApplicationJob } from "../../../actors/credit_application/credit_application_job.ts";
import { customer } from "../../../actors/customer/customer.ts";
import { customerAction } from "../../../actors/customer_action/customer_action.ts";
import { customerProjection } from "../../../actors/customer_projection/projection.ts";
import { emailJob } from "../../../actors/email/email_job.ts";
import { employeeUpload } from "../../../actors/employee_upload/employee_upload.ts";
import { financialSync } from "../../../actors/financial_sync/financial_sync.ts";
import { ledgerPage } from "../../../actors/financial_sync/ledger_page.ts";
import { importJob } from "../../../actors/import/import_job.ts";
import { malformedScan } from "../../../actors/parcel_stream/malformed_scan.ts";
import { order } from "../../../actors/order/order.ts";
import { orderSweep } from "../../../actors/order/order_sweep.ts";
import { parcelConsumer } from "../../../actors/parcel_stream/parcel_consumer.ts";
import { parcelStream } from "../../../actors/parcel_stream/parcel_stream.ts";
import { createRegistry, type Registry } from "../../../runtime/authoring.ts";
import { frail } from "./system_families.ts";
import { echo, flaky, patient } from "./system_jobs.ts";
import { tally } from "./system_registry.ts";

/** A kind for every thing that a route leads to; the one that is paused is none of those that run. */
export const registry: Registry = createRegistry([
  ...[tally, frail, echo, flaky, patient, importJob],
  ...[parcelStream, parcelConsumer, malformedScan, employeeUpload],
  ...[financialSync, ledgerPage, catalog],
  ...[customer, customerProjection, customerAction, creditApplicationJob, emailJob],
  ...[order, orderSweep],
]);
