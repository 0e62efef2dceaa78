using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Description;

/// <summary>Registers the API's description, which is for anybody.</summary>
internal static class DescriptionServices
{
    public static IServiceCollection AddDescription(this IServiceCollection services) => services
        .AddSingleton<ApiDescription>()
        .AddSingleton(new PublicPath("/openapi.json"))
        .AddSingleton(new PublicPath("/docs"))
        .AddSingleton(new PublicPath("/docs/*"));
}
