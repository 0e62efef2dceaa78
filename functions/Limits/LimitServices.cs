using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;

namespace Serverless.Functions.Limits;

/// <summary>Registers the room of admission and of the usage ledger.</summary>
public static class LimitServices
{
    /// <exception cref="InvalidOperationException">A setting is out of its range; the message names it.</exception>
    public static IServiceCollection AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<ILimitBlobs, LimitBlobs>();
        return services
            .AddSingleton(LimitOptions.From(configuration))
            .AddSingleton<LimitMetrics>()
            .AddSingleton<LimitStore>()
            .AddSingleton<PriceStore>()
            .AddSingleton<Limiter>()
            .AddSingleton<UsageLedger>()
            .AddSingleton<UsageReader>()
            .AddSingleton(provider => new Admission(
                provider.GetRequiredService<LimitStore>(),
                provider.GetRequiredService<PriceStore>(),
                provider.GetRequiredService<Limiter>(),
                provider.GetRequiredService<UsageLedger>(),
                provider.GetRequiredService<LimitOptions>(),
                provider.GetRequiredService<LimitMetrics>(),
                provider.GetRequiredService<TimeProvider>()));
    }
}
