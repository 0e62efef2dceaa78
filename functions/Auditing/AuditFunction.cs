using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Auditing;

/// <summary>
/// The audit, for operators, the latest first: <c>GET /audit?from=&amp;to=&amp;who=&amp;action=&amp;subject=&amp;max_results=&amp;page_token=</c>. A reader does not get it: it
/// holds routes' prompts.
/// </summary>
public sealed class AuditFunction(AuditReader reader, TimeProvider time)
{
    private const int PageSize = 100;
    private const int MaxPageSize = 1000;
    private const int IdLength = 32;

    [Function("GetAudit")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "audit")] HttpRequest request)
    {
        request.Operator();
        // What is being written at this very moment is in it.
        var to = request.Moment("to", isEnd: true) ?? time.GetUtcNow().AddMinutes(1);
        var from = request.Moment("from") ?? DateTimeOffset.UnixEpoch;
        if (from >= to) throw GatewayException.Invalid("from", "'from' must be before 'to'.");
        var (who, action, subject) = (request.Query["who"].ToString(), request.Query["action"].ToString(), request.Query["subject"].ToString());
        var size = request.WholeNumber("max_results", 1, MaxPageSize, PageSize);
        var (entries, more) = await reader.PageAsync(
            from,
            to,
            Before(request.Query["page_token"]),
            e => (who.Length == 0 || e.Who == who) && (action.Length == 0 || e.Action == action) && (subject.Length == 0 || e.Subject == subject),
            size,
            request.HttpContext.RequestAborted).ConfigureAwait(false);
        return new JsonAnswer(new { entries, next_page_token = more ? Convert.ToBase64String(Encoding.ASCII.GetBytes(entries[^1].Id)) : null });
    }

    private static string? Before(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        var bytes = new byte[IdLength + 4];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length != IdLength) throw PageToken.Unknown();
        var id = Encoding.ASCII.GetString(bytes, 0, length);
        return id[..19].All(char.IsAsciiDigit) && id[19] == '-' && id[20..].All(char.IsAsciiHexDigitLower) ? id : throw PageToken.Unknown();
    }
}
