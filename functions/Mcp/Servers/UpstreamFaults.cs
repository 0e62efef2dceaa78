using System.Globalization;
using ModelContextProtocol;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>What an upstream server's failure is to whoever asked: codes as of providers, in words that name the server and neither its address nor its key.</summary>
internal static class UpstreamFaults
{
    private const int MaxQuoted = 1000;

    public static GatewayException NoCredential(McpServerDocument server) => Error(502, "upstream_authentication", $"The vault holds no credential for the MCP server '{server.Name}', or one that no header can carry; an operator stores one with PATCH.");

    public static GatewayException NotMcp(McpServerDocument server) => Error(502, "upstream_invalid_response", $"The MCP server '{server.Name}' takes no session of a version that is known here.");

    public static GatewayException TooManyTools(McpServerDocument server, int most) => Error(502, "too_many_tools", string.Create(CultureInfo.InvariantCulture, $"The MCP server '{server.Name}' has more than {most} tools, or more pages of them than are read."));

    public static GatewayException Timeout(McpServerDocument server) => Error(504, "upstream_timeout", $"The MCP server '{server.Name}' did not answer in time ({server.TimeoutSeconds} seconds).");

    public static GatewayException Open(McpServerDocument server, TimeSpan wait) => Error(503, "upstream_unavailable", $"The MCP server '{server.Name}' has failed several times in a row and is not asked for a while.", wait);

    public static GatewayException Busy(McpServerDocument server) => new(
        429, new ErrorDetail("concurrency_limit_exceeded", $"The MCP server '{server.Name}' has {server.MaxConcurrency} calls under way, as many as it may; try again when one has ended.", "rate_limit_error"), TimeSpan.FromSeconds(1));

    /// <summary>Whether a failure says that a server is not to be had, whatever it is asked for.</summary>
    public static bool IsOutage(GatewayException failure) => failure.Error.Code is "upstream_unreachable" or "upstream_unavailable" or "upstream_error";

    public static GatewayException Of(McpServerDocument server, UpstreamExchange exchange, Exception failure)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(exchange);
        var name = server.Name;
        if (exchange.Fault is GatewayException told) return told;
        if (exchange.Fault is { } fault) return new GatewayException(503, new ErrorDetail("dependency_unavailable", "A service that the gateway stands on did not answer as it should.", "server_error"), TimeSpan.FromSeconds(1), fault);
        if (exchange.IsTooLarge)
            return Error(502, "upstream_answer_too_long", string.Create(CultureInfo.InvariantCulture, $"The MCP server '{name}' answered with more than {exchange.MostBytes} bytes. Ask for less of it, or have an operator raise its 'max_result_bytes'."));
        switch (exchange.Status)
        {
            case 401 or 403 when exchange.HadCredential:
                return Error(502, "upstream_authentication", $"The MCP server '{name}' refused the credential that is stored for it.");
            case 401 or 403:
                return Error(502, "upstream_authentication", $"The MCP server '{name}' asks for a credential, and none is stored for it.");
            case >= 300 and < 400:
                return Error(502, "upstream_redirected", $"The MCP server '{name}' answers with a redirect, which is not followed: its 'url' must be where it is.");
            case 429:
                return Error(429, "upstream_rate_limited", $"The MCP server '{name}' takes no more calls now; try again later.", exchange.RetryAfter ?? TimeSpan.FromSeconds(1));
            case 503 or 529:
                return Error(503, "upstream_unavailable", $"The MCP server '{name}' cannot answer now; try again later.", exchange.RetryAfter ?? TimeSpan.FromSeconds(1));
            case 408 or 504:
                return Timeout(server);
            case >= 500:
                return Error(502, "upstream_error", $"The MCP server '{name}' failed.");
        }

        return failure switch
        {
            McpProtocolException refused => new GatewayException(400, new ErrorDetail("upstream_refused", $"The MCP server '{name}' refused the call: {Quoted(refused)}", "invalid_request_error")),
            OperationCanceledException or TimeoutException => Timeout(server),
            ArgumentException => Error(502, "upstream_invalid_response", $"The MCP server '{name}' has a tool whose arguments cannot be told in headers as its schema says."),
            _ when exchange.Status is null => Error(502, "upstream_unreachable", $"The MCP server '{name}' could not be reached."),
            _ when exchange.Status is >= 400 => Error(502, "upstream_invalid_response", $"The MCP server '{name}' does not speak the protocol at its 'url': it answered {exchange.Status}."),
            _ => Error(502, "upstream_invalid_response", $"The MCP server '{name}' broke off, or its answer is none of the protocol's (Streamable HTTP)."),
        };
    }

    /// <summary>What the server itself says, for the caller alone.</summary>
    private static string Quoted(McpProtocolException refused)
    {
        const string Ours = "Request failed (remote): ";
        var words = refused.Message.StartsWith(Ours, StringComparison.Ordinal) ? refused.Message[Ours.Length..] : refused.Message;
        var seen = string.Concat(words.EnumerateRunes().Where(rune => HiddenCharacters.In(rune.ToString()).Count == 0));
        return seen.Length <= MaxQuoted ? seen : seen[..MaxQuoted];
    }

    private static GatewayException Error(int status, string code, string message, TimeSpan? retryAfter = null) => new(status, new ErrorDetail(code, message, "upstream_error"), retryAfter);
}
