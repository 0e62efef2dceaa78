using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Routes as Anthropic lists its models: <c>{data: [{type, id, display_name, created_at}], has_more, first_id, last_id}</c>, by their names, in pages (docs.anthropic.com, List Models).</summary>
internal static class AnthropicModels
{
    private const int Page = 20;
    private const int MaxPage = 1000;

    /// <exception cref="GatewayException">400 naming <c>limit</c>, 1 to 1,000.</exception>
    public static JsonObject List(HttpRequest request, RouteListing routes, Caller caller)
    {
        var limit = request.WholeNumber("limit", 1, MaxPage, Page);
        var before = request.Query["before_id"].ToString();
        var all = routes.Visible(caller, request.Query["after_id"] is [{ Length: > 0 } after] ? after : null);
        var there = before.Length == 0 ? all.Take(limit + 1).ToList() : all.TakeWhile(route => string.CompareOrdinal(route.Name, before) < 0).TakeLast(limit + 1).ToList();
        var hasMore = there.Count > limit;
        if (hasMore) there.RemoveAt(before.Length == 0 ? limit : 0);
        return new JsonObject
        {
            ["data"] = new JsonArray([.. there.Select(route => Of(route.Name, route.CreatedAt))]),
            ["has_more"] = hasMore,
            ["first_id"] = there.Count == 0 ? null : there[0].Name,
            ["last_id"] = there.Count == 0 ? null : there[^1].Name,
        };
    }

    public static JsonObject Of(string route, DateTimeOffset createdAt) => new()
    {
        ["type"] = "model",
        ["id"] = route,
        ["display_name"] = route,
        ["created_at"] = createdAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };
}
