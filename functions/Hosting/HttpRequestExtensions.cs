using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>What a function asks of its request.</summary>
public static class HttpRequestExtensions
{
    private const int MaxToken = 8192;

    /// <summary>Begins a token that holds storage's in Base64url.</summary>
    private const char Coded = '~';
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value of a placeholder of the function's route template.</summary>
    public static string Placeholder(this HttpRequest request, string name)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.RouteValues[name] as string ?? "";
    }

    /// <summary>Who asks, as the authentication middleware found.</summary>
    /// <exception cref="GatewayException">401 when nobody did: a function that was reached past the middleware refuses.</exception>
    public static Caller Caller(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.HttpContext.Items[typeof(Caller)] as Caller ?? throw Authenticator.Refused();
    }

    /// <summary>Who asks, when that is an operator.</summary>
    /// <exception cref="GatewayException">403 when it is not.</exception>
    public static Caller Operator(this HttpRequest request)
    {
        var caller = request.Caller();
        return caller.IsOperator
            ? caller
            : throw new GatewayException(StatusCodes.Status403Forbidden, new Contracts.ErrorDetail("operator_required", "Only an operator may do this.", "permission_error"));
    }

    /// <summary>Who asks, when that is an operator or a reader.</summary>
    /// <exception cref="GatewayException">403 when it is neither.</exception>
    public static Caller Overseer(this HttpRequest request) => request.Caller() is { IsReader: true } reader ? reader : request.Operator();

    /// <summary>Whether the answer may be packed.</summary>
    public static bool TakesGzip(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A whole number of the query.</summary>
    /// <exception cref="GatewayException">400 naming it and its range.</exception>
    public static int WholeNumber(this HttpRequest request, string name, int least, int most, int otherwise)
    {
        ArgumentNullException.ThrowIfNull(request);
        var given = request.Query[name];
        if (given.Count == 0) return otherwise;
        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw GatewayException.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"'{name}' must be an integer from {least} to {most}."));
    }

    /// <summary>The <c>page_token</c> that <see cref="PageToken"/> made of storage's with an earlier page; null where none is sent. Storage says itself which it never gave.</summary>
    /// <exception cref="GatewayException">400 for one that storage cannot have given.</exception>
    public static string? ContinuationToken(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var token = request.Query["page_token"].ToString();
        if (token.Length > MaxToken) throw GatewayException.Invalid("page_token", $"'page_token' may have at most {MaxToken} characters.");
        if (token.Length == 0) return null;
        if (token.AsSpan().ContainsAnyExceptInRange(' ', '~')) throw NotOfThisList();
        if (token[0] != Coded) return token;
        try
        {
            var decoded = StrictUtf8.GetString(Base64Url.DecodeFromChars(token.AsSpan(1)));
            return decoded.Length > 0 && !decoded.Any(char.IsControl) ? decoded : throw NotOfThisList();
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw NotOfThisList();
        }
    }

    /// <summary>Storage's token for the next page as one of printable ASCII: a storage's may be a name, of any characters.</summary>
    public static string? PageToken(string? continuation) => continuation is { Length: > 0 } && (continuation[0] == Coded || continuation.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        ? Coded + Base64Url.EncodeToString(StrictUtf8.GetBytes(continuation))
        : continuation;

    private static GatewayException NotOfThisList() => GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
}
