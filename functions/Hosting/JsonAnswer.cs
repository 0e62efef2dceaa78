using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;

namespace Serverless.Functions.Hosting;

/// <summary>A JSON body in this project's wire format. It needs no MVC services, so it runs in any host of the functions.</summary>
/// <param name="body">What is serialized, or JSON as <see cref="ReadOnlyMemory{T}"/> of bytes.</param>
public sealed class JsonAnswer(object body, int status = StatusCodes.Status200OK) : IActionResult
{
    public int Status { get; } = status;

    /// <summary>Ignored, because the worker also serializes what a function returns into its reply to the host: the body is written once, and only to the caller.</summary>
    [JsonIgnore]
    public object Body { get; } = body;

    /// <summary>Quoted by the writer; null for none.</summary>
    public string? ETag { get; init; }

    public Task ExecuteResultAsync(ActionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return WriteAsync(context.HttpContext);
    }

    /// <summary>The body as it is sent.</summary>
    internal ReadOnlyMemory<byte> ToBytes() => Body is ReadOnlyMemory<byte> written ? written : JsonSerializer.SerializeToUtf8Bytes(Body, Body.GetType(), WireJson.Options);

    public async Task WriteAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bytes = ToBytes();
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (ETag is not null) context.Response.Headers.ETag = $"\"{ETag}\"";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
