using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Newtonsoft.Json.Linq;
using Serverless.FunctionsHost.Worker;

namespace Serverless.FunctionsHost.Http;

/// <summary>
/// Which function a request goes to, as Azure's host decides it: functions in the order of their names, and the first whose template and method
/// match. It does not rank templates, so a catch-all can hide what follows it in the alphabet.
/// </summary>
internal sealed class HttpRoutes
{
    private readonly RouteCollection _routes = new();

    /// <exception cref="HostException">A route is no template.</exception>
    public HttpRoutes(IEnumerable<FunctionDefinition> functions, string prefix, IServiceProvider services, Func<HttpContext, FunctionDefinition, Task> handler)
    {
        var constraints = services.GetRequiredService<IInlineConstraintResolver>();
        foreach (var function in functions.Where(f => f.IsHttp).OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase))
        {
            var template = $"{prefix}/{(string?)function.Trigger["route"] ?? function.Name}".Trim('/');
            var methods = (function.Trigger["methods"] as JArray)?.Select(m => ((string)m!).ToUpperInvariant()).ToArray() ?? [];
            var method = new Dictionary<string, object>();
            if (methods.Length > 0) method["httpMethod"] = new HttpMethodRouteConstraint(methods);
            try
            {
                _routes.Add(new Route(new RouteHandler(context => handler(context, function)), function.Name, template, null, method, null, constraints));
            }
            catch (Exception e) when (e is ArgumentException or RouteCreationException)
            {
                throw new HostException($"Function {function.Name} has the route '{template}': {e.Message}");
            }
        }
    }

    /// <summary>Runs the request's function; 404 with an empty body when there is none, also for a method that no function takes.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var route = new RouteContext(context);
        route.RouteData.Routers.Add(_routes);
        await _routes.RouteAsync(route);
        if (route.Handler is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Request.RouteValues = route.RouteData.Values;
        await route.Handler(context);
    }
}
