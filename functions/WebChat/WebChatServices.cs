using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.WebChat;

/// <summary>Registers the page, which is for anybody.</summary>
internal static class WebChatServices
{
    public static IServiceCollection AddWebChat(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(WebChatOptions.From(configuration, EntraOptions.From(configuration)))
        .AddSingleton(_ => new WebChatFiles(Path.Combine(AppContext.BaseDirectory, "web-chat")))
        .AddSingleton(new PublicPath("/web-chat"))
        .AddSingleton(new PublicPath("/web-chat/*"));
}
