using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Auditing;

/// <summary>How a function says what it changed.</summary>
public static class AuditExtensions
{
    /// <param name="subject"><c>kind/name</c>.</param>
    /// <param name="before">A view without secrets; null when there was nothing.</param>
    /// <param name="after">A view without secrets; null when there is nothing.</param>
    public static void Changed(this HttpRequest request, string subject, object? before, object? after)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.HttpContext.Items[typeof(AuditDetail)] = new AuditDetail(subject, before, after);
    }
}
