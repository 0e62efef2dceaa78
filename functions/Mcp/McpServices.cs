using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Mcp;

/// <summary>Registers the MCP endpoint, and its metadata, which are for anybody.</summary>
internal static class McpServices
{
    /// <summary>Needs the gateway, ingestion, retrieval, <see cref="CrossOrigin"/> and Entra's options.</summary>
    public static IServiceCollection AddMcp(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(PublicAddress.From(configuration))
        .AddSingleton<BearerChallenge>()
        .AddSingleton(new PublicPath(BearerChallenge.WellKnown))
        .AddSingleton(new PublicPath(BearerChallenge.WellKnown + BearerChallenge.Resource))
        .AddSingleton<McpOrigin>()
        .AddSingleton<ReachableCollections>()
        .AddSingleton<PassageSearch>()
        .AddSingleton<DocumentExcerpts>()
        .AddSingleton<DocumentResources>()
        .AddSingleton<SearchTool>()
        .AddSingleton<FetchTool>()
        .AddSingleton<McpServerStore>()
        .AddSingleton<McpServerReader>()
        .AddSingleton<McpServerCatalog>()
        .AddSingleton<UpstreamSessions>()
        .AddSingleton<McpUpstreams>()
        .AddSingleton<UpstreamTools>()
        .AddSingleton<UsableTools>()
        .AddSingleton<McpTools>()
        .AddSingleton<McpSurface>()
        .AddSingleton<McpEndpoint>();
}
