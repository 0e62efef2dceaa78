using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches;

/// <summary>A page of OpenAI's lists: <c>limit</c> of what comes behind <c>after</c>.</summary>
internal static class ListPage
{
    /// <param name="items">All of them, in their order.</param>
    /// <exception cref="GatewayException">400: 'after' is none of them, or 'limit' out of its range.</exception>
    public static async Task<object> OfAsync<T>(HttpRequest request, IAsyncEnumerable<T> items, int most, int otherwise, Func<T, string> id, Func<T, Task<object?>> view)
    {
        var limit = request.WholeNumber("limit", 1, most, otherwise);
        var after = request.Query["after"].ToString();
        var page = new List<T>();
        var isBehind = after.Length == 0;
        await foreach (var item in items)
        {
            if (!isBehind)
            {
                isBehind = id(item) == after;
                continue;
            }

            page.Add(item);
            if (page.Count > limit) break;
        }

        if (!isBehind) throw GatewayException.Invalid("after", "'after' must be an id of this list.");
        var hasMore = page.Count > limit;
        if (hasMore) page.RemoveAt(limit);
        var data = new List<object>(page.Count);
        // One that has gone since it was listed is left out.
        foreach (var item in page)
        {
            if (await view(item) is { } seen) data.Add(seen);
        }

        return new { Object = "list", Data = data, FirstId = page.Count > 0 ? id(page[0]) : null, LastId = page.Count > 0 ? id(page[^1]) : null, HasMore = hasMore };
    }
}
