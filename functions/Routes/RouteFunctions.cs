using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Routes;

/// <summary>Routes over HTTP, with MLflow AI Gateway's paths and shapes.</summary>
public sealed class RouteFunctions(RouteCatalog routes)
{
    private const string Base = "api/2.0/gateway/routes";
    private const int PageSize = 500;

    [Function("CreateRoute")]
    public async Task<IActionResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base)] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var body = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        return Answer(await routes.CreateAsync(body, stop).ConfigureAwait(false), StatusCodes.Status201Created);
    }

    [Function("SearchRoutes")]
    public async Task<IActionResult> Search([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base)] HttpRequest request)
    {
        var caller = request.Caller();
        var after = PageToken.Read(request.Query["page_token"]);
        var all = await routes.ListAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        var rest = all.Where(r => caller.MayUse(r.Name) && (after is null || string.CompareOrdinal(r.Name, after) > 0)).Take(PageSize + 1).ToList();
        var page = rest.Take(PageSize).ToList();
        return new JsonAnswer(new
        {
            routes = page.Select(r => RouteView.Of(r, r.Find()!)).ToList(),
            next_page_token = rest.Count > PageSize ? PageToken.Write(page[^1].Name) : null,
        });
    }

    [Function("GetRoute")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}")] HttpRequest request)
    {
        var resolved = await routes.ResolveAsync(request.Placeholder("name"), request.Caller(), "name", request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(RouteView.Of(resolved.Document, resolved.Version)) { ETag = Tag(resolved.Document) };
    }

    [Function("UpdateRoute")]
    public async Task<IActionResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var patch = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        return Answer(await routes.PatchAsync(request.Placeholder("name"), patch, ExpectedVersion(request), stop).ConfigureAwait(false));
    }

    [Function("DeleteRoute")]
    public async Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        await routes.DeleteAsync(request.Placeholder("name"), ExpectedVersion(request), request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { });
    }

    [Function("ListRouteVersions")]
    public async Task<IActionResult> Versions([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}/versions")] HttpRequest request)
    {
        var name = request.Placeholder("name");
        var resolved = await routes.ResolveAsync(name, request.Caller(), "name", request.HttpContext.RequestAborted).ConfigureAwait(false);
        var document = resolved.Document;
        return new JsonAnswer(new { versions = document.Versions.Select(v => RouteView.Of(document, v) with { IsCurrent = v.Version == document.Current }).ToList() });
    }

    [Function("RestoreRouteVersion")]
    public async Task<IActionResult> Restore([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/{name}/versions/{version}/restore")] HttpRequest request)
    {
        request.Operator();
        var version = RouteName.ParseVersion(request.Placeholder("version"), "version");
        return Answer(await routes.RestoreAsync(request.Placeholder("name"), version, request.HttpContext.RequestAborted).ConfigureAwait(false));
    }

    private static JsonAnswer Answer(RouteDocument document, int status = StatusCodes.Status200OK) => new(RouteView.Of(document, document.Find()!), status) { ETag = Tag(document) };

    private static string Tag(RouteDocument document) => document.Current.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static int? ExpectedVersion(HttpRequest request) =>
        request.Headers.IfMatch is [{ Length: > 0 } tag] && tag != "*" ? RouteName.ParseVersion(tag.Trim('"'), "if-match") : null;
}
