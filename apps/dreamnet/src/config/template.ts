/** What `dreamnet init` writes: one agent that can be started as it is, and the keys worth knowing. */
export const FLEET_TEMPLATE = `# A fleet of DreamNet OS. All keys: dreamnet schema. Relative paths start at this file's folder.
version: 1

context:
  environment: development        # development | staging | production

agents:
  hello:
    runtime: custom               # node | python | custom
    command: [sh, -c, 'while true; do echo hello; sleep 5; done']
    protocol: none                # mcp | a2a | http | heartbeat | none
    restart: { policy: permanent, intensity: 5, period: 30s }

  # An MCP server over stdio:
  # researcher:
  #   runtime: python
  #   command: [python3, agents/researcher.py]
  #   protocol: mcp
  #   capabilities: [data.analysis]
  #   bindings:
  #     - { type: secrets, config: { OPENAI_API_KEY: { from: vault, key: openai } } }

# Services that run elsewhere and are only watched:
# subsystems:
#   billing: { domain: economy, probe: { http: 'http://127.0.0.1:9090/healthz', every: 5s }, dependsOn: [hello] }

recovery:
  default: low-risk               # off | propose | low-risk | full
`;
