using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ModelContextProtocol;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Mcp;

/// <summary>
/// <c>POST /mcp</c>: the Model Context Protocol over Streamable HTTP, without sessions, so that any instance answers any request. GET and DELETE, by which a client would listen or end a
/// session, are answered with 405 as every path answers a method that it does not take.
/// </summary>
public sealed class McpFunction(McpEndpoint endpoint, McpOrigin origins)
{
    [Function("Mcp")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "mcp")] HttpRequest request)
    {
        request.Caller();
        if (!origins.Permits(request)) return Refused(StatusCodes.Status403Forbidden, McpErrorCode.InvalidRequest, "No page of this origin may call.");
        if (!request.HasJsonContentType()) return Refused(StatusCodes.Status415UnsupportedMediaType, McpErrorCode.InvalidRequest, "The header 'Content-Type' must be application/json.");
        JsonElement message;
        try
        {
            message = await RequestBody.ReadObjectAsync(request, request.HttpContext.RequestAborted).ConfigureAwait(false);
        }
        catch (GatewayException refused)
        {
            var isSyntax = refused.Error.Code == "malformed_json" && refused.Error.Message != RequestBody.NotAnObject;
            return Refused(refused.Status, isSyntax ? McpErrorCode.ParseError : McpErrorCode.InvalidRequest, refused.Error.Message);
        }

        if (JsonRpcShape.WhyNot(message) is { } reason) return Refused(StatusCodes.Status400BadRequest, McpErrorCode.InvalidRequest, reason);
        // What was read within its bounds is what the endpoint reads.
        var bytes = JsonMarshal.GetRawUtf8Value(message).ToArray();
        (request.Body, request.ContentLength, request.ContentType) = (new MemoryStream(bytes), bytes.Length, "application/json");
        await endpoint.AnswerAsync(request.HttpContext).ConfigureAwait(false);
        return new EmptyResult();
    }

    /// <summary>An error of JSON-RPC without an id, which is not known.</summary>
    private static JsonAnswer Refused(int status, McpErrorCode code, string message) => new(new { jsonrpc = "2.0", error = new { code = (int)code, message } }, status);
}
