using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Hosting;

/// <summary>204 with what a browser may send. Headers are named by it, since <c>*</c> does not stand for Authorization.</summary>
internal sealed class PreflightAnswer(string methods, int maxAgeSeconds) : IActionResult
{
    public Task ExecuteResultAsync(ActionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var http = context.HttpContext;
        var headers = http.Response.Headers;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.AccessControlAllowMethods = methods;
        // Letters of header names and separators only: nothing else is sent back.
        var asked = http.Request.Headers.AccessControlRequestHeaders.ToString();
        if (asked.Length is > 0 and <= 2000 && asked.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ',' or ' ')) headers.AccessControlAllowHeaders = asked;
        headers.AccessControlMaxAge = maxAgeSeconds.ToString(CultureInfo.InvariantCulture);
        headers.Append("Vary", "Access-Control-Request-Headers");
        return Task.CompletedTask;
    }
}
