using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Files;

/// <summary>416 for a range that has nothing of a file, with what the file has (RFC 9110, 15.5.17).</summary>
internal sealed class UnsatisfiableRange(long bytes) : IActionResult
{
    public Task ExecuteResultAsync(ActionContext context)
    {
        context.HttpContext.Response.Headers.ContentRange = FormattableString.Invariant($"bytes */{bytes}");
        var error = new ErrorDetail("range_not_satisfiable", FormattableString.Invariant($"'Range' asks for nothing of the file, which has {bytes} bytes."), "invalid_request_error", "Range");
        return new JsonAnswer(new ErrorBody(error), StatusCodes.Status416RangeNotSatisfiable).ExecuteResultAsync(context);
    }
}
