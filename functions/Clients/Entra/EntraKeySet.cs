using Microsoft.IdentityModel.Tokens;

namespace Serverless.Functions.Clients;

/// <summary>What a tenant's metadata told at one reading.</summary>
/// <param name="Keys">The public keys that its tokens are signed with.</param>
/// <param name="Issuer">Who its tokens of version 2 say they are from; null where it is not told.</param>
/// <param name="ReadAt">On the steady clock.</param>
public sealed record EntraKeySet(ICollection<SecurityKey> Keys, string? Issuer, TimeSpan ReadAt);
