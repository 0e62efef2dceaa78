using System.Text.Json.Nodes;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Description;

/// <summary>The app's description. It is the same as long as the process lives, and is a tree that is only read.</summary>
public sealed class ApiDescription(IEnumerable<PublicPath> publicPaths)
{
    private readonly Lazy<JsonObject> _document = new(() => OpenApiDescription.Create([.. publicPaths]));

    public JsonObject Document => _document.Value;
}
