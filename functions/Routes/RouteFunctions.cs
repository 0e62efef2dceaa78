using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Auditing;
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
        return Changed(request, await routes.CreateAsync(body, stop).ConfigureAwait(false), isNew: true);
    }

    [Function("SearchRoutes")]
    public async Task<IActionResult> Search([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base)] HttpRequest request)
    {
        var caller = request.Caller();
        var after = PageToken.Read(request.Query["page_token"]);
        var (page, next) = await routes.PageAsync(caller, after, PageSize, request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new
        {
            routes = page.Select(r => RouteView.Of(r, r.Find()!, caller)).ToList(),
            next_page_token = next is null ? null : PageToken.Write(next),
        });
    }

    [Function("GetRoute")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}")] HttpRequest request)
    {
        var caller = request.Caller();
        var resolved = await routes.ResolveAsync(request.Placeholder("name"), caller, "name", request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(RouteView.Of(resolved.Document, resolved.Version, caller)) { ETag = Tag(resolved.Document) };
    }

    [Function("UpdateRoute")]
    public async Task<IActionResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var patch = await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false);
        return Changed(request, await routes.PatchAsync(request.Placeholder("name"), patch, ExpectedVersion(request), stop).ConfigureAwait(false));
    }

    [Function("DeleteRoute")]
    public async Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Base + "/{name}")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var before = await routes.GetAsync(request.Placeholder("name"), stop).ConfigureAwait(false);
        await routes.DeleteAsync(before.Name, ExpectedVersion(request), stop).ConfigureAwait(false);
        request.Changed($"route/{before.Name}", RouteView.Of(before, before.Find()!, Clients.Caller.System), null);
        return new JsonAnswer(new { });
    }

    [Function("ListRouteVersions")]
    public async Task<IActionResult> Versions([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Base + "/{name}/versions")] HttpRequest request)
    {
        var name = request.Placeholder("name");
        var caller = request.Caller();
        var resolved = await routes.ResolveAsync(name, caller, "name", request.HttpContext.RequestAborted).ConfigureAwait(false);
        var document = resolved.Document;
        return new JsonAnswer(new { versions = document.Versions.Where(v => RouteCatalog.IsPermitted(v, caller)).Select(v => RouteView.Of(document, v, caller) with { IsCurrent = v.Version == document.Current }).ToList() });
    }

    [Function("RestoreRouteVersion")]
    public async Task<IActionResult> Restore([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/{name}/versions/{version}/restore")] HttpRequest request)
    {
        request.Operator();
        var version = RouteName.ParseVersion(request.Placeholder("version"), "version");
        return Changed(request, await routes.RestoreAsync(request.Placeholder("name"), version, request.HttpContext.RequestAborted).ConfigureAwait(false));
    }

    private static JsonAnswer Changed(HttpRequest request, RouteDocument document, bool isNew = false)
    {
        var before = isNew ? null : document.Find(document.Current - 1);
        request.Changed(
            $"route/{document.Name}",
            before is null ? null : RouteView.Of(document, before, Clients.Caller.System),
            RouteView.Of(document, document.Find()!, Clients.Caller.System));
        return Answer(document, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static JsonAnswer Answer(RouteDocument document, int status) => new(RouteView.Of(document, document.Find()!, Clients.Caller.System), status) { ETag = Tag(document) };

    private static string Tag(RouteDocument document) => document.Current.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What <c>If-Match</c> lists (RFC 9110, 13.1.1): tags of ours are versions, any other is of no version. Weak ones never match.</summary>
    private static HashSet<int>? ExpectedVersion(HttpRequest request) =>
        IfMatch.Tags(request)?.Select(tag => int.TryParse(tag, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version) ? version : 0).ToHashSet();
}
