using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>What a function asks of its request.</summary>
public static class HttpRequestExtensions
{
    private const int MaxToken = 8192;

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

    /// <summary>The <c>page_token</c> that storage gave with an earlier page; null where none is sent. Storage says itself which it never gave.</summary>
    /// <exception cref="GatewayException">400 for one that storage cannot have given, whose characters its answer could not repeat.</exception>
    public static string? ContinuationToken(this HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var token = request.Query["page_token"].ToString();
        if (token.Length > MaxToken) throw GatewayException.Invalid("page_token", $"'page_token' may have at most {MaxToken} characters.");
        if (token.AsSpan().ContainsAnyExceptInRange(' ', '~')) throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        return token.Length == 0 ? null : token;
    }
}
