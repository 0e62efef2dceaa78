using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Serverless.Local.SignalR;

/// <summary>Lets clients with a token for their hub in, from any page: the service's own CORS default.</summary>
internal sealed class ClientAccess(TokenValidator tokens)
{
    public static string HubOf(HttpRequest request) => request.Query["hub"].ToString().ToLowerInvariant();

    /// <returns>False when the response is complete: a pre-flight request.</returns>
    /// <exception cref="SignalRException">The hub or the token is missing or wrong.</exception>
    public async Task<bool> AdmitAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin)
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers.Vary = "Origin";
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            context.Response.Headers.AccessControlAllowMethods = "GET, POST, DELETE";
            context.Response.Headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders;
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return false;
        }

        var hub = HubOf(request);
        if (hub.Length == 0)
            throw SignalRException.BadRequest("The query parameter 'hub' is required.");
        var authorization = request.Headers.Authorization.ToString();
        var token = authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..] : request.Query["access_token"].ToString();
        var expected = $"{request.Scheme}://{request.Host}/client/?hub={Uri.EscapeDataString(hub)}";
        var claims = await tokens.ValidateAsync(token, audience => string.Equals(audience, expected, StringComparison.OrdinalIgnoreCase));

        // What Hub.Context.UserIdentifier is read from.
        var user = claims.FindFirst("nameid") ?? claims.FindFirst("asrs.s.uid");
        var identity = new ClaimsIdentity(claims.Claims, "SignalR");
        if (user is not null)
            identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, user.Value));
        context.User = new ClaimsPrincipal(identity);
        return true;
    }
}
