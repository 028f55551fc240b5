import { type Clock, createMetrics, type System } from "../runtime/mod.ts";
import type { Authentication } from "./access/authentication.ts";
import { mustDeclare } from "./access/callable_by.ts";
import { createCredentials } from "./access/credentials.ts";
import { createDeeds } from "./access/deeds.ts";
import * as actors from "./actors.ts";
import * as actorControl from "./actors_control.ts";
import * as audit from "./audit.ts";
import * as batches from "./batches.ts";
import * as catalogCycles from "./catalog_cycles.ts";
import * as catalogReads from "./catalog_read.ts";
import * as catalogSyncs from "./catalog_sync.ts";
import * as customerActionCancels from "./customer_actions_cancel.ts";
import * as customerActionReads from "./customer_actions_read.ts";
import * as customerActionSubmits from "./customer_actions_submit.ts";
import * as customerChanges from "./customers_change.ts";
import * as customerReads from "./customers_read.ts";
import * as customerWrites from "./customers_write.ts";
import * as deadLetters from "./dead_letters.ts";
import * as deadLetterActs from "./dead_letters_act.ts";
import * as docs from "./docs.ts";
import { checkedRoutes } from "./checked_openapi.ts";
import { consolePages } from "./console/mod.tsx";
import { createEdge, type EdgeOptions } from "./edge.ts";
import * as employees from "./employees_read.ts";
import * as employeeUploadActs from "./employee_uploads_act.ts";
import * as employeeUploadCreates from "./employee_uploads_create.ts";
import * as employeeUploadReads from "./employee_uploads_read.ts";
import * as employeeRejects from "./employee_uploads_rejected.ts";
import type { AppConfig, Deps } from "./env.ts";
import * as financialSync from "./financial_sync.ts";
import * as health from "./health.ts";
import * as acts from "./jobs_act.ts";
import * as batch from "./jobs_batch.ts";
import * as imports from "./jobs_import.ts";
import * as lists from "./jobs_list.ts";
import * as reads from "./jobs_read.ts";
import * as results from "./jobs_result.ts";
import * as jobStreams from "./jobs_stream.ts";
import * as submits from "./jobs_submit.ts";
import * as keys from "./keys.ts";
import * as keyActs from "./keys_act.ts";
import * as kinds from "./kinds.ts";
import { byNetwork, clientAddress } from "./limits/client_address.ts";
import * as mail from "./mail.ts";
import * as metrics from "./metrics.ts";
import { createSubmissions } from "./limits/submissions.ts";
import { createCaching } from "./middleware/cache.ts";
import { createDedupe } from "./middleware/dedupe.ts";
import * as nodes from "./nodes.ts";
import * as tickets from "./notification_tickets.ts";
import * as notifications from "./notifications.ts";
import * as notificationsSocket from "./notifications_socket.ts";
import { openapi, openapiRoute } from "./openapi.ts";
import * as orderAccepts from "./orders_accept.ts";
import * as orderReads from "./orders_read.ts";
import * as parcelStreamActs from "./parcel_streams_act.ts";
import * as parcelStreamCreates from "./parcel_streams_create.ts";
import * as parcelStreamPushes from "./parcel_streams_push.ts";
import * as parcelStreamReads from "./parcel_streams_read.ts";
import * as parcelExports from "./parcels_export.ts";
import * as parcelLists from "./parcels_list.ts";
import * as parcelReads from "./parcels_read.ts";
import { pages } from "./pages/mod.ts";
import * as scheduleActs from "./schedules_act.ts";
import * as scheduleOrders from "./schedules_declare.ts";
import * as schedules from "./schedules_list.ts";
import * as ticks from "./schedules_ticks.ts";
import * as session from "./session.ts";
import { createStreams } from "./streams.ts";
import * as subscriptionOrders from "./subscriptions_declare.ts";
import * as subscriptions from "./subscriptions_list.ts";
import * as tenants from "./tenants.ts";
import * as tenantActs from "./tenants_act.ts";
import * as transactions from "./transactions.ts";
import * as tenantRemovals from "./tenants_delete.ts";
import * as tenantUsages from "./tenants_usage.ts";

/** Requests are told apart by their connection before anybody is known, unless `addressOf` says otherwise. */
export interface AppOptions extends Omit<EdgeOptions, "addressOf">, Partial<Pick<EdgeOptions, "addressOf">> {
  readonly system: System;
  readonly clock: Clock;
  readonly config: AppConfig;
  /** How to know who gives a request; nobody is asked by default. */
  readonly authentication?: Authentication;
  /** Of the process; ms since the epoch. */
  readonly startedAt: number;
}

/** Everything that answers HTTP. `hc<App>` is its typed client. */
export type App = ReturnType<typeof assemble>;

export function createApp(options: AppOptions): App {
  const { system, clock, config, authentication = { isOpen: true }, addressOf = clientAddress(0) } = options;
  const streams = createStreams(config.maxStreams, clock);
  const metrics = createMetrics(system.diagnostics, () => ({
    ...system.health(),
    streams: streams.open,
    upstreams: system.upstreams.sights(),
  }));
  const credentials = createCredentials({ authentication, system, clock, streams, addressOf: byNetwork(addressOf) });
  const deedOf = createDeeds(system, addressOf);
  const submissions = createSubmissions({ clock, tenants: system.tenants, reserve: options.reserve });
  system.tenants.watch((id) => {
    if (system.tenants.statusOf(id) !== "active") streams.end(({ tenant }) => tenant === id);
    if (system.tenants.find(id) === null) credentials.tenantGone(id);
  });
  const edges = { addressOf, onError: options.onError, onRoute: options.onRoute, reserve: options.reserve };
  return assemble({ ...options, streams, metrics, credentials, submissions, deedOf }, edges);
}

/** Its inferred type is the list of routes that {@linkcode App} names. */
function assemble(deps: Deps, how: EdgeOptions) {
  const { credentials } = deps;
  const base = createEdge(deps, how);
  const [deduplicate, caching] = [createDedupe(deps), createCaching(deps)];
  const { app } = checkedRoutes(base, (route, handler) => deduplicate(route, caching(route, handler)))
    .openapi(submits.submitRoute, submits.submit(deps))
    .openapi(batch.batchRoute, batch.submitBatch(deps))
    .openapi(imports.importRoute, imports.importDataset(deps))
    .openapi(lists.listRoute, lists.list(deps))
    .openapi(reads.getRoute, reads.get(deps))
    .openapi(reads.logsRoute, reads.logs(deps))
    .openapi(results.resultRoute, results.result(deps))
    .openapi(jobStreams.streamRoute, jobStreams.stream(deps))
    .openapi(acts.cancelRoute, acts.cancel(deps))
    .openapi(acts.retryRoute, acts.retry(deps))
    .openapi(batches.listRoute, batches.list(deps))
    .openapi(batches.getRoute, batches.get(deps))
    .openapi(batches.cancelRoute, batches.cancel(deps))
    .openapi(deadLetters.listRoute, deadLetters.list(deps))
    .openapi(deadLetters.getRoute, deadLetters.get(deps))
    .openapi(deadLetterActs.retryRoute, deadLetterActs.retry(deps))
    .openapi(deadLetterActs.discardRoute, deadLetterActs.discard(deps))
    .openapi(kinds.listRoute, kinds.list(deps))
    .openapi(kinds.pauseRoute, kinds.pause(deps))
    .openapi(kinds.resumeRoute, kinds.resume(deps))
    .openapi(actorControl.listRoute, actorControl.list(deps))
    .openapi(actors.inspectRoute, actors.inspect(deps))
    .openapi(actorControl.resumeRoute, actorControl.resume(deps))
    .openapi(actors.messageRoute, actors.message(deps))
    .openapi(actors.queryRoute, actors.query(deps))
    .openapi(schedules.listRoute, schedules.list(deps))
    .openapi(scheduleOrders.createScheduleRoute, scheduleOrders.create(deps))
    .openapi(ticks.previewRoute, ticks.preview(deps))
    .openapi(schedules.getRoute, schedules.get(deps))
    .openapi(scheduleOrders.changeRoute, scheduleOrders.change(deps))
    .openapi(scheduleOrders.removeRoute, scheduleOrders.remove(deps))
    .openapi(scheduleActs.pauseRoute, scheduleActs.pause(deps))
    .openapi(scheduleActs.resumeRoute, scheduleActs.resume(deps))
    .openapi(scheduleActs.runRoute, scheduleActs.run(deps))
    .openapi(ticks.ticksRoute, ticks.ticks(deps))
    .openapi(subscriptions.listRoute, subscriptions.list(deps))
    .openapi(subscriptionOrders.subscribeRoute, subscriptionOrders.subscribe(deps))
    .openapi(subscriptions.getRoute, subscriptions.get(deps))
    .openapi(subscriptionOrders.unsubscribeRoute, subscriptionOrders.unsubscribe(deps))
    .openapi(keys.listRoute, keys.list(deps))
    .openapi(keys.createKeyRoute, keys.create(deps))
    .openapi(keyActs.rotateRoute, keyActs.rotate(deps))
    .openapi(keyActs.revokeRoute, keyActs.revoke(deps))
    .openapi(parcelStreamReads.listRoute, parcelStreamReads.list(deps))
    .openapi(parcelStreamCreates.createStreamRoute, parcelStreamCreates.create(deps))
    .openapi(parcelStreamReads.getRoute, parcelStreamReads.get(deps))
    .openapi(parcelStreamActs.removeRoute, parcelStreamActs.remove(deps))
    .openapi(parcelStreamActs.pauseRoute, parcelStreamActs.pause(deps))
    .openapi(parcelStreamActs.resumeRoute, parcelStreamActs.resume(deps))
    .openapi(parcelStreamActs.resetRoute, parcelStreamActs.reset(deps))
    .openapi(parcelStreamPushes.pushRoute, parcelStreamPushes.push(deps))
    .openapi(parcelLists.listRoute, parcelLists.list(deps))
    .openapi(parcelExports.exportRoute, parcelExports.exportAll(deps))
    .openapi(parcelLists.countsRoute, parcelLists.counts(deps))
    .openapi(parcelReads.getRoute, parcelReads.get(deps))
    .openapi(parcelReads.historyRoute, parcelReads.history(deps))
    .openapi(tenants.listRoute, tenants.list(deps))
    .openapi(tenants.createTenantRoute, tenants.create(deps))
    .openapi(tenants.getRoute, tenants.get(deps))
    .openapi(tenantUsages.usageRoute, tenantUsages.usage(deps))
    .openapi(tenants.changeRoute, tenants.change(deps))
    .openapi(tenantRemovals.removeRoute, tenantRemovals.remove(deps))
    .openapi(tenantActs.suspendRoute, tenantActs.suspend(deps))
    .openapi(tenantActs.resumeRoute, tenantActs.resume(deps))
    .openapi(employeeUploadReads.listRoute, employeeUploadReads.list(deps))
    .openapi(employeeUploadCreates.createUploadRoute, employeeUploadCreates.create(deps))
    .openapi(employeeUploadReads.getRoute, employeeUploadReads.get(deps))
    .openapi(employeeUploadActs.cancelRoute, employeeUploadActs.cancel(deps))
    .openapi(employeeRejects.rejectedRoute, employeeRejects.rejected(deps))
    .openapi(employeeRejects.rejectedFileRoute, employeeRejects.rejectedFile(deps))
    .openapi(employees.listRoute, employees.list(deps))
    .openapi(employees.getRoute, employees.get(deps))
    .openapi(financialSync.getRoute, financialSync.get(deps))
    .openapi(financialSync.enableRoute, financialSync.enable(deps))
    .openapi(financialSync.disableRoute, financialSync.disable(deps))
    .openapi(financialSync.syncRoute, financialSync.syncNow(deps))
    .openapi(transactions.listRoute, transactions.list(deps))
    .openapi(transactions.totalsRoute, transactions.totals(deps))
    .openapi(catalogCycles.statusRoute, catalogCycles.status(deps))
    .openapi(catalogReads.categoriesRoute, catalogReads.categories(deps))
    .openapi(catalogReads.brandsRoute, catalogReads.brands(deps))
    .openapi(catalogReads.brandRoute, catalogReads.brand(deps))
    .openapi(catalogReads.productsRoute, catalogReads.products(deps))
    .openapi(catalogCycles.cyclesRoute, catalogCycles.cycles(deps))
    .openapi(catalogCycles.setAsideRoute, catalogCycles.setAside(deps))
    .openapi(catalogSyncs.syncRoute, catalogSyncs.syncNow(deps))
    .openapi(customerReads.listRoute, customerReads.list(deps))
    .openapi(customerWrites.createCustomersRoute, customerWrites.create(deps))
    .openapi(customerReads.getRoute, customerReads.get(deps))
    .openapi(customerChanges.replaceRoute, customerChanges.replace(deps))
    .openapi(customerChanges.changeRoute, customerChanges.change(deps))
    .openapi(customerChanges.removeRoute, customerChanges.remove(deps))
    .openapi(mail.listRoute, mail.list(deps))
    .openapi(mail.getRoute, mail.get(deps))
    .openapi(customerActionReads.listRoute, customerActionReads.list(deps))
    .openapi(customerActionSubmits.submitRoute, customerActionSubmits.submit(deps))
    .openapi(customerActionReads.getRoute, customerActionReads.get(deps))
    .openapi(customerActionCancels.cancelRoute, customerActionCancels.cancel(deps))
    .openapi(orderReads.listRoute, orderReads.list(deps))
    .openapi(orderAccepts.acceptRoute, orderAccepts.accept(deps))
    .openapi(orderReads.getRoute, orderReads.get(deps))
    .openapi(audit.listRoute, audit.list(deps))
    .openapi(nodes.listRoute, nodes.list(deps))
    .openapi(nodes.drainRoute, nodes.drain(deps))
    .openapi(nodes.undrainRoute, nodes.undrain(deps))
    .openapi(notifications.notificationsRoute, notifications.notifications(deps))
    .openapi(notificationsSocket.socketRoute, notificationsSocket.socket(deps))
    .openapi(tickets.ticketRoute, tickets.issue(deps))
    .openapi(session.openRoute, session.open(deps))
    .openapi(session.getRoute, session.get(deps))
    .openapi(session.closeRoute, session.close(deps))
    .openapi(health.healthRoute, health.wholeHealth(deps))
    .openapi(health.readyRoute, health.readiness(deps))
    .openapi(health.liveRoute, health.liveness())
    .openapi(metrics.metricsRoute, metrics.metrics(deps))
    .openapi(openapiRoute, openapi(() => base, deps))
    .openapi(docs.docsRoute, docs.docs(deps))
    .openapi(docs.docsAssetRoute, docs.docsAsset());
  app.route("/", pages(credentials));
  app.route("/", consolePages(deps, (request, env) => base.fetch(request, env)));
  mustDeclare(app.routes);
  return app;
}
