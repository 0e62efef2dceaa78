using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Limits;

/// <summary>A table as text/csv.</summary>
public sealed class CsvAnswer(string table) : IActionResult
{
    /// <summary>Ignored, because the worker also serializes what a function returns.</summary>
    [JsonIgnore]
    public string Table { get; } = table;

    public async Task ExecuteResultAsync(ActionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var response = context.HttpContext.Response;
        var bytes = Encoding.UTF8.GetBytes(Table);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/csv; charset=utf-8";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(bytes, context.HttpContext.RequestAborted).ConfigureAwait(false);
    }
}
