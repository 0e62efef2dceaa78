using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>The same routes with the paths and words of MLflow 2.9 and later, where a route is an endpoint: <c>endpoint_type</c>, <c>endpoint_url</c>.</summary>
public sealed class EndpointFunctions(RouteCatalog routes)
{
    private const string Base = "api/2.0/endpoints";

    private readonly RouteFunctions _routes = new(routes);

    [Function("CreateEndpoint")]
    public async Task<IActionResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base)] HttpRequest request) =>
        Translate(await _routes.Create(request).ConfigureAwait(false));

    [Function("SearchEndpoints")]
    public async Task<IActionResult> Search([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base)] HttpRequest request) =>
        Translate(await _routes.Search(request).ConfigureAwait(false));

    [Function("GetEndpoint")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}")] HttpRequest request) =>
        Translate(await _routes.Get(request).ConfigureAwait(false));

    [Function("UpdateEndpoint")]
    public async Task<IActionResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Base + "/{name}")] HttpRequest request) =>
        Translate(await _routes.Update(request).ConfigureAwait(false));

    [Function("DeleteEndpoint")]
    public Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Base + "/{name}")] HttpRequest request) => _routes.Delete(request);

    private static JsonAnswer Translate(IActionResult result)
    {
        var answer = (JsonAnswer)result;
        var body = JsonSerializer.SerializeToNode(answer.Body, answer.Body.GetType(), WireJson.Options)!.AsObject();
        if (body["routes"] is JsonArray list)
        {
            foreach (var route in list) Rename(route!.AsObject());
            body.Remove("routes");
            body.Insert(0, "endpoints", list);
        }
        else
        {
            Rename(body);
        }

        return new JsonAnswer(body, answer.Status) { ETag = answer.ETag };
    }

    private static void Rename(JsonObject route)
    {
        var type = route["route_type"]?.DeepClone();
        route.Remove("route_type");
        route.Remove("route_url");
        route.Insert(1, "endpoint_type", type);
        route.Insert(3, "endpoint_url", $"/endpoints/{(string?)route["name"]}/invocations");
    }
}
