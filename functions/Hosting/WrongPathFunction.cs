using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Takes what no other function takes: 405 with Allow where the path is there for other methods, else 404, in the error shape that clients read. The host's own
/// answer to both is an empty 404. Its name comes last, so that the host looks at every other function first.
/// </summary>
public sealed class WrongPathFunction(IEnumerable<PublicPath> publicPaths)
{
    private const string Name = "WrongPath";

    private static readonly IReadOnlyList<(TemplateMatcher Template, IReadOnlyList<string> Methods)> Paths =
    [
        .. HttpFunctions.All.Values.Where(f => f.Name is not (Name or "Preflight")).Select(f => (new TemplateMatcher(TemplateParser.Parse(f.Route[1..]), []), f.Methods)),
    ];

    [Function(Name)]
    public IActionResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "trace", Route = "{*path:minlength(1)}")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!publicPaths.Any(path => path.Matches(request.Path.Value!))) request.Caller();
        var allowed = Allowed(request.Path);
        if (allowed.Count == 0) return NotThere(request);
        request.HttpContext.Response.Headers.Allow = string.Join(", ", allowed);
        return Refused(request, StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This path takes {string.Join(", ", allowed)} only.", "method");
    }

    /// <summary>What a path answers that is none.</summary>
    internal static JsonAnswer NotThere(HttpRequest request) => Refused(request, StatusCodes.Status404NotFound, "path_not_found", "There is no such path.", "path");

    private static JsonAnswer Refused(HttpRequest request, int status, string code, string message, string param) =>
        new(MessagesError.For(request, status, new ErrorDetail(code, message, "invalid_request_error", param)), status);

    /// <summary>The methods that a path takes; none for a path that there is not.</summary>
    internal static IReadOnlyList<string> Allowed(PathString path) =>
        [.. Paths.Where(p => p.Template.TryMatch(path, [])).SelectMany(p => p.Methods).Select(m => m.ToUpperInvariant()).Distinct().Order(StringComparer.Ordinal)];
}
