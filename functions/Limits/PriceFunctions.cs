using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Auditing;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Limits;

/// <summary>The price table over HTTP, for operators: <c>{prices: [{route} or {model, provider?}, input, cached_input?, output?]}</c>, US dollars for a million tokens.</summary>
public sealed class PriceFunctions(PriceStore prices)
{
    [Function("GetPrices")]
    public async Task<IActionResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "prices")] HttpRequest request)
    {
        request.Overseer();
        return new JsonAnswer(new { (await prices.GetAsync(request.HttpContext.RequestAborted).ConfigureAwait(false)).Prices });
    }

    [Function("PutPrices")]
    public async Task<IActionResult> Put([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "prices")] HttpRequest request)
    {
        request.Operator();
        var stop = request.HttpContext.RequestAborted;
        var entries = Read(await RequestBody.ReadObjectAsync(request, stop).ConfigureAwait(false));
        var before = (await prices.GetAsync(stop).ConfigureAwait(false)).Prices;
        var after = (await prices.ReplaceAsync(entries, stop).ConfigureAwait(false)).Prices;
        request.Changed("prices", new { prices = before }, new { prices = after });
        return new JsonAnswer(new { prices = after });
    }

    private static List<PriceEntry> Read(JsonElement body)
    {
        if (!body.TryGetProperty("prices", out var list) || list.ValueKind != JsonValueKind.Array || body.EnumerateObject().Count() != 1)
            throw GatewayException.Invalid("prices", "The body must be {\"prices\": [...]}.", "missing_field");
        if (list.GetArrayLength() > PriceTable.MaxEntries) throw GatewayException.Invalid("prices", $"'prices' may have at most {PriceTable.MaxEntries} entries.");
        var entries = new List<PriceEntry>();
        foreach (var item in list.EnumerateArray())
        {
            var path = $"prices[{entries.Count}]";
            if (item.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
            var entry = One(new JsonFields(item, path), path);
            if (entries.Exists(e => (e.Route, e.Provider, e.Model) == (entry.Route, entry.Provider, entry.Model)))
                throw GatewayException.Invalid(path, $"'{path}': there is another price for the same route or model.", "duplicate_price");
            entries.Add(entry);
        }

        return entries;
    }

    private static PriceEntry One(JsonFields fields, string path)
    {
        var route = fields.OptionalString("route", 64);
        var provider = fields.OptionalString("provider", 64);
        var model = fields.OptionalString("model", 256);
        var input = fields.Decimal("input", 0, TokenPrice.MaxUsdPerMillion);
        var cached = fields.Decimal("cached_input", 0, TokenPrice.MaxUsdPerMillion);
        var output = fields.Decimal("output", 0, TokenPrice.MaxUsdPerMillion) ?? 0;
        fields.RejectUnknown();
        if (input is not { } price) throw GatewayException.Invalid($"{path}.input", $"'{path}.input' is required.", "missing_field");
        if (route is null == model is null || (route is not null && provider is not null))
            throw GatewayException.Invalid(path, $"'{path}' must have either route, or model with or without provider.", "missing_field");
        if (route is not null && !RouteName.IsValid(route)) throw GatewayException.Invalid($"{path}.route", $"'{path}.route' must be a route's name.", "invalid_route_name");
        return new PriceEntry(route, provider, model, price, cached, output);
    }
}
