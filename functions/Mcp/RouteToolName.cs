using Serverless.Functions.Providers;

namespace Serverless.Functions.Mcp;

/// <summary>The name of a route's tool: <c>ask_</c> and the route's, as <see cref="ToolName"/> writes it.</summary>
internal static class RouteToolName
{
    public const string Prefix = "ask_";

    public static string Of(string route) => ToolName.Of(Prefix, route);
}
