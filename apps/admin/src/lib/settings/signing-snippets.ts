import type { Snippet } from './snippets.ts';

export const signers = ['node', 'php', 'python', 'ruby', 'go', 'java', 'csharp'] as const;
export type Signer = (typeof signers)[number];

/** Signs a visitor as `visitor-session` verifies it: a JWT (HS256) with `sub` and `exp`. No library needed. */
export const signingSnippet: Record<Signer, Snippet> = {
	node: {
		file: 'sign-visitor.mjs',
		code: `import { createHmac } from 'node:crypto';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** user: the person who is signed in to your website. */
export function signVisitor(user) {
  const claims = {
    sub: String(user.id),
    name: user.name,
    email: user.email,
    exp: Math.floor(Date.now() / 1000) + 300
  };
  const token = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part(claims);
  const secret = process.env.CHAT_IDENTITY_SECRET;
  return token + '.' + createHmac('sha256', secret).update(token).digest('base64url');
}`
	},
	php: {
		file: 'sign-visitor.php',
		code: `<?php
function chat_part(string $text): string {
  return rtrim(strtr(base64_encode($text), '+/', '-_'), '=');
}

/** $user: the person who is signed in to your website. */
function sign_visitor(array $user): string {
  $claims = [
    'sub' => (string) $user['id'],
    'name' => $user['name'],
    'email' => $user['email'],
    'exp' => time() + 300
  ];
  $token = chat_part('{"alg":"HS256","typ":"JWT"}') . '.' . chat_part(json_encode($claims));
  $secret = getenv('CHAT_IDENTITY_SECRET');
  return $token . '.' . chat_part(hash_hmac('sha256', $token, $secret, true));
}`
	},
	python: {
		file: 'sign_visitor.py',
		code: `import base64, hashlib, hmac, json, os, time

def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def sign_visitor(user) -> str:
    """user: the person who is signed in to your website."""
    claims = {
        "sub": str(user.id),
        "name": user.name,
        "email": user.email,
        "exp": int(time.time()) + 300,
    }
    token = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    secret = os.environ["CHAT_IDENTITY_SECRET"].encode()
    return token + "." + part(hmac.new(secret, token.encode(), hashlib.sha256).digest())`
	},
	ruby: {
		file: 'sign_visitor.rb',
		code: `require 'json'
require 'openssl'

def chat_part(data)
  [data].pack('m0').tr('+/', '-_').delete('=')
end

# user: the person who is signed in to your website.
def sign_visitor(user)
  claims = {
    sub: user.id.to_s,
    name: user.name,
    email: user.email,
    exp: Time.now.to_i + 300
  }
  token = chat_part({ alg: 'HS256', typ: 'JWT' }.to_json) + '.' + chat_part(claims.to_json)
  secret = ENV.fetch('CHAT_IDENTITY_SECRET')
  token + '.' + chat_part(OpenSSL::HMAC.digest('SHA256', secret, token))
end`
	},
	go: {
		file: 'sign_visitor.go',
		code: `package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"time"
)

// SignVisitor signs the person who is signed in to your website.
func SignVisitor(id, name, email string) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"sub":   id,
		"name":  name,
		"email": email,
		"exp":   time.Now().Unix() + 300,
	})
	if err != nil {
		return "", err
	}
	part := base64.RawURLEncoding.EncodeToString
	token := part([]byte(\`{"alg":"HS256","typ":"JWT"}\`)) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(os.Getenv("CHAT_IDENTITY_SECRET")))
	mac.Write([]byte(token))
	return token + "." + part(mac.Sum(nil)), nil
}`
	},
	java: {
		file: 'VisitorSigner.java',
		code: `import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class VisitorSigner {
  /** The person who is signed in to your website. */
  public static String sign(String id, String name, String email)
      throws GeneralSecurityException {
    long expires = System.currentTimeMillis() / 1000 + 300;
    String claims = "{\\"sub\\":" + text(id) + ",\\"name\\":" + text(name)
        + ",\\"email\\":" + text(email) + ",\\"exp\\":" + expires + "}";
    String header = "{\\"alg\\":\\"HS256\\",\\"typ\\":\\"JWT\\"}";
    String token = part(header.getBytes(UTF_8)) + "." + part(claims.getBytes(UTF_8));
    byte[] secret = System.getenv("CHAT_IDENTITY_SECRET").getBytes(UTF_8);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    return token + "." + part(mac.doFinal(token.getBytes(UTF_8)));
  }

  private static String part(byte[] data) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
  }

  /** A text as JSON. */
  private static String text(String value) {
    if (value == null) return "null";
    StringBuilder json = new StringBuilder("\\"");
    for (char c : value.toCharArray()) {
      if (c < ' ' || c == '"' || c == '\\\\') json.append(String.format("\\\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}`
	},
	csharp: {
		file: 'VisitorSigner.cs',
		code: `using System;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

public static class VisitorSigner
{
    /// <summary>The person who is signed in to your website.</summary>
    public static string Sign(string id, string name, string email)
    {
        var claims = JsonSerializer.Serialize(new
        {
            sub = id,
            name,
            email,
            exp = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 300
        });
        var header = "{\\"alg\\":\\"HS256\\",\\"typ\\":\\"JWT\\"}";
        var token = Part(Encoding.UTF8.GetBytes(header)) + "." + Part(Encoding.UTF8.GetBytes(claims));
        var secret = Environment.GetEnvironmentVariable("CHAT_IDENTITY_SECRET");
        using (var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret)))
            return token + "." + Part(hmac.ComputeHash(Encoding.UTF8.GetBytes(token)));
    }

    private static string Part(byte[] data) =>
        Convert.ToBase64String(data).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}`
	}
};

/** What the page does with the signed text. */
export const identifySnippet = `window.chtq = window.chtq || [];
chtq.push(['identify', signedVisitor]);`;
