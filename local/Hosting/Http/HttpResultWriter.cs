using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;

namespace Serverless.Local.Hosting.Http;

/// <summary>Writes what an HTTP function returned.</summary>
internal static class HttpResultWriter
{
    /// <summary>IActionResult and IResult write themselves, text is text/plain, any other value JSON; null leaves the response as the function left it.</summary>
    public static Task WriteAsync(HttpContext http, object? result) => result switch
    {
        null => Task.CompletedTask,
        IActionResult action => action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor())),
        IResult self => self.ExecuteAsync(http),
        string text => TypedResults.Text(text).ExecuteAsync(http),
        _ => http.Response.WriteAsJsonAsync(result, result.GetType(), http.RequestAborted),
    };
}
