/**
 * A program behind `maitred serve examples/app.ts`: the web's own Request and Response, nothing to import.
 *
 *     curl localhost:8080/                                who asks, and for what
 *     curl -T big.iso localhost:8080/echo                 what comes goes back, while it comes
 *     curl -N localhost:8080/clock                        a tick a second, until one leaves
 *     curl -d 'two coffees' localhost:8080/orders         taken now, cooked after the answer
 */

interface Context {
  readonly ip: string | undefined;
  waitUntil(work: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, { ip, waitUntil }: Context): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /":
      case "HEAD /":
        return Response.json({
          ip,
          method: request.method,
          url: request.url,
          agent: request.headers.get("user-agent"),
        });
      case "POST /echo":
      case "PUT /echo":
        return new Response(request.body, { headers: { "Content-Type": "application/octet-stream" } });
      case "GET /clock":
        return new Response(ticks(), { headers: { "Content-Type": "text/event-stream" } });
      case "POST /orders":
        waitUntil(cook(await request.text()));
        return new Response("Your order is in the kitchen\n", { status: 202 });
      default:
        return new Response("There is no such dish\n", { status: 404 });
    }
  },
};

/** Server-sent events; who leaves cancels the stream, and the clock stops. */
function ticks(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start(controller) {
      const tick = (): void => controller.enqueue(encoder.encode(`data: ${new Date().toISOString()}\n\n`));
      tick();
      timer = setInterval(tick, 1000);
    },
    cancel: () => clearInterval(timer),
  });
}

async function cook(order: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.error(`Served: ${order}`);
}
