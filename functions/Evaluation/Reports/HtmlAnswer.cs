using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>A page that loads nothing and runs nothing: its Content-Security-Policy admits its own style element only.</summary>
internal sealed class HtmlAnswer(Func<string, string> page) : IActionResult
{
    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var bytes = Encoding.UTF8.GetBytes(page(nonce));
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        await response.Body.WriteAsync(bytes, context.HttpContext.RequestAborted);
    }
}
