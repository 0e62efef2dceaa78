using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Batches.Messages;

/// <summary>A page of Anthropic's lists: <c>limit</c> ids, 1 to 1,000, directly behind <c>after_id</c> or before <c>before_id</c>.</summary>
internal static class MessageBatchPage
{
    private const int Most = 1000, Otherwise = 20;

    /// <param name="ids">All of them, in their order.</param>
    /// <returns>The page's, in the same order, and whether there are more in the direction that was asked.</returns>
    /// <exception cref="GatewayException">400: an id is none of them, both are given, or <c>limit</c> is out of its range.</exception>
    public static async Task<(IReadOnlyList<string> Ids, bool HasMore)> OfAsync(HttpRequest request, IAsyncEnumerable<string> ids)
    {
        var limit = request.WholeNumber("limit", 1, Most, Otherwise);
        var (after, before) = (request.Query["after_id"].ToString(), request.Query["before_id"].ToString());
        if (after.Length > 0 && before.Length > 0) throw GatewayException.Invalid("before_id", "'before_id' cannot be given beside 'after_id'.");
        var (page, isBehind, isFound) = (new Queue<string>(), after.Length == 0, after.Length == 0 && before.Length == 0);
        await foreach (var id in ids)
        {
            if (before.Length > 0 && id == before)
            {
                isFound = true;
                break;
            }

            if (isBehind)
            {
                page.Enqueue(id);
                if (page.Count <= limit) continue;
                if (before.Length == 0) break;
                // One more than the page is kept: it tells that there are more.
                if (page.Count > limit + 1) page.Dequeue();
            }
            else if (id == after)
            {
                (isBehind, isFound) = (true, true);
            }
        }

        if (!isFound) throw GatewayException.Invalid(after.Length > 0 ? "after_id" : "before_id", $"'{(after.Length > 0 ? "after_id" : "before_id")}' must be an id of this list.");
        var hasMore = page.Count > limit;
        return ([.. before.Length == 0 ? page.Take(limit) : page.TakeLast(limit)], hasMore);
    }
}
